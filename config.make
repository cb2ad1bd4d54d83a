# config.make: make rules that nginx's ./configure appends to objs/Makefile:
# the generated headers follow their sources.  It is read in the same shell as
# `config`, but for each addon: nothing set there is relied upon here.

sc_sources=$ngx_addon_dir/ngx_socialcare_module
sc_generated=$NGX_OBJS/socialcare
sc_embed=$ngx_addon_dir/ngx_socialcare_module/tools/embed.sh

for sc_kind in scripts pages
do
    case $sc_kind in
        scripts) sc_files=`ls $sc_sources/queue/scripts/*.lua 2>/dev/null` ;;
        pages)   sc_files=`ls $sc_sources/status/*.html 2>/dev/null` ;;
    esac

    sc_files=`echo $sc_files`
    sc_parts=`ls $sc_sources/status/*.css $sc_sources/status/*.js 2>/dev/null`
    sc_parts=`echo $sc_parts`
    sc_header=$sc_generated/sc_$sc_kind.h

    # embed.sh leaves an unchanged header alone; the stamp tells make that it
    # was looked at.

    cat << END                                                >> $NGX_MAKEFILE

$sc_header:	$sc_generated/$sc_kind.stamp
	@:

$sc_generated/$sc_kind.stamp:	$sc_embed $sc_files $sc_parts
	sh $sc_embed $sc_kind $sc_header $sc_files
	touch $sc_generated/$sc_kind.stamp

END
done

if [ -n "$SC_DEPFILES" ]; then
    cat << END                                                >> $NGX_MAKEFILE

-include \$(wildcard $NGX_OBJS/addon/*/*.d)

END
fi
